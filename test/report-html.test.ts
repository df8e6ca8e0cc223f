import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DISCLAIMER, escapeHtml, markup, renderPage } from '../firmware-sim/report/html.ts';
import { OUTSIDE, tagFault } from './support/report-record.ts';

describe('escaping', () => {
  test('turns every character that means something to HTML into an entity', () => {
    expect(escapeHtml(`<script>&"'`)).toBe('&lt;script&gt;&amp;&quot;&#39;');
  });

  test('replaces control characters, which no page may hold', () => {
    expect(escapeHtml('a\u0000b\u001bc\td')).toBe('a\uFFFDb\uFFFDc\td');
  });

  test('leaves no text that opens a tag or ends an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']/);
      }),
    );
  });

  test('happens to text that is put into markup but not to markup that is', () => {
    expect(markup`<p>${'a<b'}${markup`<br>`}${[markup`<i>`, markup`</i>`]}${3}</p>`.html).toBe(
      '<p>a&lt;b<br><i></i>3</p>',
    );
  });
});

describe('the page', () => {
  const page = renderPage({ title: `<script>&"`, world: 'SIMULATED', body: [markup`<p>x</p>`] });

  test('shows a hostile title as text', () => {
    expect(page).toContain('<h1>&lt;script&gt;&amp;&quot;</h1>');
    expect(page).not.toContain('<script');
  });

  test('is balanced and refers to nothing outside', () => {
    expect(tagFault(page)).toBeUndefined();
    expect(page).not.toMatch(OUTSIDE);
  });

  test('says what it is on screen, in its title and on every sheet of paper', () => {
    expect(page).toContain('<strong>SIMULATED</strong>');
    expect(page).toMatch(/<title>[^<]*\(SIMULATED\)<\/title>/);
    expect(page).toContain(`@bottom-center { content: "SIMULATED. ${DISCLAIMER}"`);
    expect(page).toContain(`<footer>SIMULATED. ${DISCLAIMER}</footer>`);
  });

  test('of a real device never says SIMULATED', () => {
    const real = renderPage({ title: 't', world: 'REAL', body: [] });
    expect(real).toContain('<strong>REAL</strong>');
    expect(real).not.toContain('SIMULATED');
  });

  test('has a light, a dark and a paper style', () => {
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).toContain('@media print');
  });
});

describe('the check of balance that these tests use', () => {
  test.each(['<p><b></p></b>', '<p>', '</p>', '<p>a < b</p>', '<p title="a"b">x</p>'])('refuses %s', (text) => {
    expect(tagFault(text)).toBeDefined();
  });

  test('takes what is balanced', () => {
    expect(tagFault('<!doctype html><p class="a">x<br><line x1="3"/></p>')).toBeUndefined();
  });
});
