/** From the text of a scenario file to a `Scenario`, or to everything that is wrong with the file. Pure: no file is read here. */
import type { z } from 'zod';
import { checkParts } from './check.ts';
import { locate, problemsOf, toDiagnostics, withoutMark, type Diagnostic } from './diagnose.ts';
import { readDocument, type Tree } from './document.ts';
import { isRecord } from './fields.ts';
import type { Parts } from './parts.ts';
import { ENTRY, scenarioSchema, SHAPE, type ExpectationDraft, type ProgramDraft, type PumpDraft } from './schema.ts';
import type { Criterion, Expectation, ProgramSetup, Scenario, TimelineEntry } from './types.ts';

export type ScenarioResult =
  | { readonly ok: true; readonly scenario: Scenario }
  /** In the order of the file; at least one. */
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Reads a scenario. `file` is the name that diagnostics carry. Never throws for any text. */
export function parseScenario(source: string, file: string): ScenarioResult {
  const text = withoutMark(source);
  const { findings, tree } = readDocument(text);
  if (tree === undefined) {
    return { ok: false, diagnostics: toDiagnostics(findings, file, text) };
  }
  const read = scenarioSchema.safeParse(tree.data);
  const problems = [...(read.success ? [] : problemsOf(read.error)), ...checkParts(readParts(tree.data))];
  if (read.success && problems.length === 0 && findings.length === 0) {
    return { ok: true, scenario: finish(read.data, tree) };
  }
  return { ok: false, diagnostics: toDiagnostics([...findings, ...locate(problems, tree)], file, text) };
}

/** Every part for itself, so that one which is wrong keeps none of the others from being checked. */
function readParts(data: unknown): Parts {
  const source = isRecord(data) ? data : {};
  const entries = (key: 'timeline' | 'expect'): readonly unknown[] => {
    const list = source[key];
    return Array.isArray(list) ? list : [];
  };
  return {
    duration: SHAPE.duration.safeParse(source['duration']).data,
    pump: SHAPE.pump.safeParse(source['pump']).data,
    program: SHAPE.program.safeParse(source['program']).data,
    timeline: entries('timeline').map((entry) => ENTRY.timeline.safeParse(entry).data),
    expect: entries('expect').map((entry) => ENTRY.expect.safeParse(entry).data),
    labels: entries('timeline').map((entry) => textAt(entry, 'label')),
    ids: entries('expect').map((entry) => textAt(entry, 'id')),
  };
}

function textAt(entry: unknown, key: string): string | undefined {
  const value = isRecord(entry) ? entry[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function finish(file: z.output<typeof scenarioSchema>, { lineOf }: Tree): Scenario {
  const ids = expectationIds(file.expect);
  return {
    id: file.id,
    title: file.title,
    requirements: file.requirements,
    seed: file.seed,
    duration: file.duration,
    pump: {
      profile: file.pump.profile,
      drug: { name: file.pump.drug.name, concentration: file.pump.drug.concentration },
      fill: file.pump.fill,
      compliance: file.pump.catheter?.compliance,
      primed: file.pump.catheter?.primed ?? true,
    },
    program: withConcentration(file.program, file.pump),
    timeline: file.timeline.map(({ trigger, act, label, refused }, index): TimelineEntry => ({
      trigger,
      act: act.do === 'program' ? { ...act, program: withConcentration(act.program, file.pump) } : act,
      label,
      refused,
      line: lineOf(['timeline', index]),
    })),
    expect: file.expect.map(({ criterion, requirements }, index): Expectation => ({
      ...criterion,
      id: ids[index] ?? '',
      requirements: requirements ?? file.requirements,
      line: lineOf(['expect', index]),
    })),
  };
}

const withConcentration = (program: ProgramDraft, { drug }: PumpDraft): ProgramSetup => ({
  ...program,
  concentration: program.concentration ?? drug.concentration,
});

/** The ids in the file; an expectation without one is called after its content, with a number where that is taken. */
function expectationIds(expectations: readonly ExpectationDraft[]): readonly string[] {
  const taken = new Set(expectations.flatMap(({ id }) => id ?? []));
  return expectations.map(({ id, criterion }) => {
    if (id !== undefined) {
      return id;
    }
    const name = nameOf(criterion);
    let free = name;
    for (let number = 2; taken.has(free); number++) {
      free = `${name}-${number}`;
    }
    taken.add(free);
    return free;
  });
}

function nameOf(criterion: Criterion): string {
  switch (criterion.kind) {
    case 'signal':
      return `${criterion.signal}-${criterion.test}`;
    case 'log-entry':
      return `${criterion.log.toLowerCase()}-logged`;
    case 'log-count':
      return `${criterion.log.toLowerCase()}-count`;
    case 'alarm-raised':
    case 'alarm-cleared':
    case 'alarm-never':
      return `${criterion.alarm}-${criterion.kind.replace('alarm-', '')}`;
  }
}
