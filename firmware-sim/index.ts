/** The pump, its body and what can be done with them without any hardware. */
export { simulateTherapy, type Therapy, type TherapyOutcome } from './analysis/itb-cohort.ts';
export { ITB_SERIES, type SeriesPatient } from './analysis/itb-series.ts';
export type { RecordLine } from './report/record.ts';
export type { RunResult, Verdict } from './report/result.ts';
export { renderRunReport } from './report/run-report.ts';
export { formatDiagnostic, type Diagnostic } from './scenario/diagnose.ts';
export { parseScenario } from './scenario/parse.ts';
export { formatQuantity, parseQuantity } from './scenario/quantity.ts';
export { replayRecord, type Replay } from './scenario/replay.ts';
export { runScenario, type JudgedRun, type RunOptions } from './scenario/run.ts';
export { createSimTarget } from './scenario/sim-target.ts';
export type { LogStretch, ResetSetup, Target } from './scenario/target.ts';
export type { Scenario } from './scenario/types.ts';
export { SIGNALS, type PumpSample, type SignalName } from './simulation/signals.ts';
export { MAX_WORK, Simulation, type Advanced, type SimulationSetup } from './simulation/simulation.ts';
export * from './simulation/vocabulary.ts';
