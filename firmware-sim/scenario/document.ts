/** The text of a scenario file as a YAML tree that knows where everything stands. Pure: text in, tree or errors out. */
import { isAlias, isMap, isSeq, LineCounter, parseDocument, visit, type Document, type Node, type Pair } from 'yaml';
import { quote } from './quantity.ts';

/** A stretch of the text, in UTF-16 code units; `end` is behind its last. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Something wrong at a known place. */
export interface Finding extends Stretch {
  readonly message: string;
  /** What was probably meant. */
  readonly near?: string | undefined;
}

export interface Tree {
  /** The plain value of the document, aliases resolved. */
  readonly data: unknown;
  /** Where the value at `path` stands, and its key if it has one; undefined where the file has nothing at that path. */
  readonly place: (path: readonly PropertyKey[]) => Place | undefined;
  /** Line, from 1, in which the value at `path` begins. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

export interface Place {
  /** The key's stretch where the value is empty. */
  readonly value: Stretch;
  readonly key: Stretch | undefined;
}

/** A scenario is a page of text. */
export const MAX_TEXT = 256 * 1024;
const MAX_ALIASES = 100;

/** `tree` is there when the text could be read, perhaps with errors that leave its meaning clear. */
export interface ReadResult {
  readonly findings: readonly Finding[];
  readonly tree?: Tree;
}

export function readDocument(text: string): ReadResult {
  const broken = refuseText(text);
  if (broken !== undefined) {
    return { findings: [broken] };
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    schema: 'core',
    stringKeys: true,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'error',
  });
  const problems = [...document.errors, ...document.warnings];
  const findings = problems.map(({ code, message, pos: [start, end] }) => {
    if (code === 'DUPLICATE_KEY') {
      const key = /^[^\s:,}]*/u.exec(text.slice(start))?.[0] ?? '';
      return { start, end: start + key.length, message: `the key ${quote(key)} stands here a second time` };
    }
    return { start, end, message: MESSAGES[code] ?? `not valid YAML: ${lowerFirst(message)}` };
  });
  const exhausted = findings[problems.findIndex(({ code }) => code === 'RESOURCE_EXHAUSTION')];
  if (exhausted !== undefined) {
    return { findings: [exhausted] };
  }
  if (document.contents === null) {
    findings.push({ start: 0, end: 0, message: 'the file is empty, a scenario begins with "scenario: 1"' });
  }
  if (document.contents === null || problems.some(({ code }) => code !== 'DUPLICATE_KEY')) {
    return { findings };
  }
  try {
    const refused = refuseNodes(document);
    if (refused.length > 0) {
      return { findings: [...findings, ...refused] };
    }
    const data: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    const place = (path: readonly PropertyKey[]): Place | undefined => placeOf(document, path);
    const lineOf = (path: readonly PropertyKey[]): number => lineCounter.linePos(place(path)?.value.start ?? 0).line;
    return { findings, tree: { data, place, lineOf } };
  } catch (error) {
    // The library's two limits: aliases that multiply each other, and a stack that is used up.
    if (error instanceof ReferenceError || error instanceof RangeError) {
      const message = error instanceof RangeError ? NESTED : `aliases stand for over ${MAX_ALIASES} values`;
      return { findings: [...findings, { start: 0, end: 0, message }] };
    }
    throw error;
  }
}

/** What makes a text no scenario before any YAML is read. */
function refuseText(text: string): Finding | undefined {
  if (text.length > MAX_TEXT) {
    return { start: 0, end: 0, message: `the file has more than ${MAX_TEXT / 1024} KiB, which no scenario needs` };
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    return { start: nul, end: nul + 1, message: 'not a text file: it holds a NUL byte' };
  }
  // The replacement character is what bytes that are no UTF-8 become.
  // oxlint-disable-next-line no-control-regex
  const unprintable = [...text.matchAll(/[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffd]/gu)];
  const first = unprintable[0]?.index;
  if (first !== undefined && unprintable.length * 20 > text.length) {
    return { start: first, end: first + 1, message: 'not a text file: many of its bytes are no printable characters' };
  }
  return undefined;
}

const NESTED = 'the YAML is nested too deeply';

/** Messages that say more than YAML's own, by the library's code. */
const MESSAGES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab indents this line, YAML wants spaces',
  MULTIPLE_DOCS: 'a second YAML document begins here, one file is one scenario',
  RESOURCE_EXHAUSTION: NESTED,
  NON_STRING_KEY: 'this key is no text',
};

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** Aliases that lead nowhere and keys that JavaScript treats as special; a single pass, for the library's own look-up is one per alias. */
function refuseNodes(document: Document): readonly Finding[] {
  const findings: Finding[] = [];
  const anchors = new Set<string>();
  let aliases = 0;
  visit(document, {
    Pair: (_, { key }) => {
      if (nodeText(key) === '__proto__') {
        findings.push({ ...stretch(key), message: 'unknown key "__proto__"' });
      }
    },
    Node: (_, node, ancestors) => {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) {
          anchors.add(node.anchor);
        }
        return;
      }
      aliases += 1;
      if (ancestors.some((ancestor) => 'anchor' in ancestor && ancestor.anchor === node.source)) {
        findings.push({ ...stretch(node), message: `the alias *${node.source} stands inside of its own anchor` });
      } else if (!anchors.has(node.source)) {
        findings.push({ ...stretch(node), message: `no anchor &${node.source} stands before this alias` });
      } else if (aliases === MAX_ALIASES + 1) {
        findings.push({ ...stretch(node), message: `more than ${MAX_ALIASES} aliases` });
      }
    },
  });
  return findings;
}

function stretch(node: unknown): Stretch {
  const [start = 0, end = 0] = (node as Node | null)?.range ?? [];
  return { start, end };
}

/** The text of a scalar key. */
const nodeText = (key: unknown): string => String((key as { readonly value?: unknown } | null)?.value);

function placeOf(document: Document, path: readonly PropertyKey[]): Place | undefined {
  let node: unknown = document.contents;
  let key: Stretch | undefined;
  for (const part of path) {
    const holder = isAlias(node) ? node.resolve(document) : node;
    if (isMap(holder)) {
      // The last of equal keys is the one whose value counts.
      const pair: Pair | undefined = holder.items.findLast((item) => nodeText(item.key) === part);
      if (pair === undefined) {
        return undefined;
      }
      key = stretch(pair.key);
      node = pair.value;
    } else if (isSeq(holder) && typeof part === 'number' && part < holder.items.length) {
      key = undefined;
      node = holder.items[part];
    } else {
      return undefined;
    }
  }
  const value = stretch(node);
  return { value: key !== undefined && value.end <= value.start ? key : value, key };
}
