/** The style sheet of every page: light and dark by the reader's setting, and one for paper. */

const LIGHT = `
  --bg: #ffffff; --fg: #1b1f24; --dim: #5a6470; --line: #d5dae0; --grid: #e8ebef; --panel: #f6f7f9;
  --belief: #1d5fbf; --truth: #e8954a; --lost: #8a3ffc; --fault: #8a3ffc;
  --high: #c62828; --medium: #b88600; --low: #00838f; --on-bar: #ffffff;
  --pass: #1a7f37; --fail: #c62828; --other: #8a6100;
`;

const DARK = `
  --bg: #14171b; --fg: #e3e7ec; --dim: #9aa5b1; --line: #3a424c; --grid: #262c33; --panel: #1c2126;
  --belief: #8fc0ff; --truth: #c96f25; --lost: #c09bff; --fault: #c09bff;
  --high: #ff6b64; --medium: #e5b93c; --low: #4fc3cf; --on-bar: #14171b;
  --pass: #57c274; --fail: #ff6b64; --other: #e0b040;
`;

const RULES = `
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--fg); font: 14px/1.45 system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 12px 24px 24px; }
h1 { font-size: 21px; line-height: 1.25; margin: 10px 0 8px; overflow-wrap: anywhere; }
h2 { font-size: 15px; margin: 26px 0 8px; padding-bottom: 3px; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
h3 { font-size: 13px; margin: 16px 0 4px; color: var(--dim); }
p { margin: 6px 0; max-width: 78ch; }
code, .mono { font: 12px/1.45 ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Consolas, monospace; overflow-wrap: anywhere; }
.dim { color: var(--dim); }
.world { padding: 9px 24px; color: #ffffff; text-align: center; }
.world strong { font-size: 17px; letter-spacing: 0.14em; margin-right: 0.8em; }
.world-simulated { background: #5b3a9e; }
.world-real { background: #a32020; }
.world-mixed { background: linear-gradient(90deg, #5b3a9e 45%, #a32020 55%); }
footer { max-width: 1000px; margin: 0 auto; padding: 12px 24px 28px; color: var(--dim); border-top: 1px solid var(--line); }
.verdict { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; padding: 9px 14px; margin: 8px 0; background: var(--panel); border-left: 5px solid var(--other); }
.verdict-pass { border-color: var(--pass); } .verdict-fail { border-color: var(--fail); }
.verdict .badge { font-size: 18px; }
.badge { font-weight: 700; color: var(--other); white-space: nowrap; }
.badge-pass { color: var(--pass); } .badge-fail { color: var(--fail); }
.callout { padding: 7px 12px; margin: 8px 0; border-left: 4px solid var(--medium); background: var(--panel); max-width: none; }
.callout-bad { border-color: var(--fail); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 4px 0; min-width: 55%; }
th, td { text-align: left; vertical-align: baseline; padding: 3px 14px 3px 0; border-bottom: 1px solid var(--grid); }
td { overflow-wrap: break-word; }
thead th { color: var(--dim); font-weight: 600; font-size: 12px; border-bottom: 1px solid var(--line); vertical-align: bottom; }
tbody th { font-weight: 500; }
.num { text-align: right; white-space: nowrap; }
.nowrap { white-space: nowrap; }
.unit { font-weight: 400; white-space: nowrap; }
.gap td { color: var(--dim); text-align: center; padding: 6px; }
.priority { font-weight: 600; }
.priority-high { color: var(--high); } .priority-medium { color: var(--medium); } .priority-low { color: var(--low); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)); gap: 14px; }
.columns > div { min-width: 0; }
.columns ol { list-style: none; margin: 0; padding: 6px 10px; background: var(--panel); border: 1px solid var(--line); }
.columns li { min-height: 1.45em; white-space: pre-wrap; padding-left: 1.6em; text-indent: -1.6em; }
.columns li::before { content: "="; display: inline-block; width: 1.6em; text-indent: 0; color: var(--dim); }
.columns li.differs { color: var(--fail); font-weight: 600; }
.columns li.differs::before { content: "\\2260"; color: var(--fail); }
`;

const CHART = `
.chart { min-width: 760px; width: 100%; height: auto; display: block; }
.chart text { font: 12px system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; fill: var(--fg); stroke: var(--bg); stroke-width: 3px; paint-order: stroke; }
.chart .name { font-weight: 600; }
.chart .soft { fill: var(--dim); font-size: 11.5px; }
.chart .frame { fill: none; stroke: var(--line); }
.chart .grid { stroke: var(--grid); }
.chart .guide { stroke: var(--fault); stroke-dasharray: 3 3; opacity: 0.65; }
.chart path { fill: none; stroke-linejoin: round; stroke-linecap: round; }
.chart .belief { stroke: var(--belief); stroke-width: 1.5; }
.chart .truth { stroke: var(--truth); stroke-width: 3.6; }
.chart .lost { stroke: var(--lost); stroke-width: 1.6; }
.chart .limit { stroke: var(--high); stroke-dasharray: 6 4; }
.chart .bar-high { fill: var(--high); } .chart .bar-medium { fill: var(--medium); } .chart .bar-low { fill: var(--low); }
.chart .latched { fill: var(--bg); opacity: 0.45; }
.chart .bar-text { fill: var(--on-bar); font-size: 11px; font-weight: 600; stroke: none; }
.chart .mark { fill: var(--bg); stroke: var(--fg); stroke-width: 1.3; }
.chart text.action-fault { fill: var(--fault); } .chart text.action-refused { fill: var(--fail); }
.chart line.action { stroke: var(--fg); stroke-width: 1.4; } .chart line.action-fault { stroke: var(--fault); stroke-width: 1.8; }
.chart line.action-refused { stroke: var(--fail); stroke-width: 1.8; }
`;

const PAPER = `
@media print {
  body { font-size: 10.5pt; }
  main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  .world, .chart *, .verdict, .callout { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .scroll { overflow: visible; }
  .chart { min-width: 0; }
  h2, h3 { break-after: avoid; }
  .chart, tr, .verdict, .callout { break-inside: avoid; }
  thead { display: table-header-group; }
}
`;

/** The whole sheet. `mark` is printed at the foot of every sheet of paper: a loose page, too, says what it is. */
export function pageStyle(mark: string): string {
  return `:root { color-scheme: light dark; ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
${RULES}${CHART}${PAPER}@page { margin: 14mm 13mm 17mm; @bottom-center { content: "${mark}"; font: 8pt sans-serif; } }
`;
}
