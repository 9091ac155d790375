/** `results.json`: the report itself, exchanges streamed from the log one by one. */
import type { Exchange, Report, Reporter } from '../src/kit/index.ts';
import { escapedUnits } from './plain-text.ts';

export const jsonReporter: Reporter = { name: 'json', fileName: 'results.json', render };

function* render(report: Report): Iterable<string> {
  const { exchanges, ...body } = report;
  const text = safeToPrint(JSON.stringify(body, null, 2));
  yield `${text.slice(0, text.lastIndexOf('\n}'))},\n  "exchanges": [`;
  let separator = '\n';
  for (const exchange of exchanges) {
    yield `${separator}    ${safeToPrint(exchangeText(exchange))}`;
    separator = ',\n';
  }
  yield separator === '\n' ? ']\n}\n' : '\n  ]\n}\n';
}

/** A token's claims come from the target: nested too deeply to be written, they must not cost the whole report. */
function exchangeText(exchange: Exchange): string {
  try {
    return JSON.stringify(exchange);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return JSON.stringify({
      ...exchange,
      jwts: exchange.jwts.map(({ where }) => ({ where, header: null, claims: null })),
    });
  }
}

/** JSON spells out control characters below U+0020 only; the rest could steer the terminal of whoever prints the file. */
function safeToPrint(json: string): string {
  return json.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escapedUnits);
}
