/** `results.json`: the report itself, exchanges streamed from the log one by one. */
import type { Exchange, Report, Reporter } from '../src/kit/index.ts';
import { printable } from './plain-text.ts';

export const jsonReporter: Reporter = { name: 'json', fileName: 'results.json', render };

function* render(report: Report): Iterable<string> {
  const { exchanges, ...body } = report;
  const text = printable(JSON.stringify(body, null, 2));
  yield `${text.slice(0, text.lastIndexOf('\n}'))},\n  "exchanges": [`;
  let separator = '\n';
  for (const exchange of exchanges) {
    yield `${separator}    ${printable(exchangeText(exchange))}`;
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
