/**
 * Markup and the frame of a page. `markup` escapes whatever is put into it unless that is markup itself, so that no text
 * of a scenario, a pump or a rig can become an element. A page is one file: no script, no reference to anything outside.
 */
import { pageStyle } from './style.ts';

/** Finished markup. Only `markup` makes it from text. */
export interface Html {
  readonly html: string;
}

export type Part = Html | string | number | readonly Html[];

/** What a page says of its numbers: `MIXED` holds runs of both worlds, each labelled. */
export type PageWorld = 'SIMULATED' | 'REAL' | 'MIXED';

export const DISCLAIMER = 'Not a medical device. Not for clinical use. No claim of conformity with any standard.';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand between tags and in quoted attributes. Control characters, which HTML forbids, become U+FFFD. */
export function escapeHtml(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '\uFFFD')
      .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
  );
}

function partText(part: Part): string {
  if (typeof part === 'string') {
    return escapeHtml(part);
  }
  if (typeof part === 'number') {
    return String(part);
  }
  return 'html' in part ? part.html : part.map((each) => each.html).join('');
}

/** Template tag: the literal is markup, strings put into it are escaped, lists of markup are joined. */
export function markup(literal: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: literal.reduce((before, after, index) => before + partText(parts[index - 1] ?? '') + after) };
}

export const NOTHING: Html = { html: '' };

const WORLD_TEXT: Readonly<Record<PageWorld, { readonly word: string; readonly text: string }>> = {
  SIMULATED: { word: 'SIMULATED', text: 'Every number here comes from a model. No physical pump took part.' },
  REAL: { word: 'REAL', text: 'A physical device took part.' },
  MIXED: {
    word: 'SIMULATED and REAL',
    text: 'Some numbers come from a model. Each run says which world it belongs to.',
  },
};

/** A section with a heading. */
export function section(title: string, ...body: readonly Html[]): Html {
  return markup`<section><h2>${title}</h2>
${body}</section>
`;
}

export interface Page {
  readonly title: string;
  readonly world: PageWorld;
  readonly body: readonly Html[];
}

/** One self-contained HTML5 page. The policy in its head makes a browser refuse whatever would slip in all the same. */
export function renderPage(page: Page): string {
  const world = WORLD_TEXT[page.world];
  const style: Html = { html: pageStyle(`${world.word}. ${DISCLAIMER}`) };
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${page.title} (${world.word})</title>
<style>${style}</style>
</head>
<body>
<header class="world world-${page.world.toLowerCase()}"><strong>${world.word}</strong> <span>${world.text}</span></header>
<main>
<h1>${page.title}</h1>
${page.body}</main>
<footer>${world.word}. ${DISCLAIMER}</footer>
</body>
</html>
`.html;
}
