/** Turns `results.json` back into a report, so that any reporter can show it again. */
import { validator } from '../schemas/validator.ts';
import { type Exchange, type Report, UsageError } from '../src/kit/index.ts';
import { exchangeList } from './exchange-list.ts';

type ReportDocument = Omit<Report, 'exchanges'> & { readonly exchanges: readonly Exchange[] };

/**
 * @param text - of results.json
 * @throws UsageError when it is no report, saying where it is wrong
 */
export async function readReport(text: string): Promise<Report> {
  const document = parsed(text);
  const isReport = await validator<ReportDocument>('report');
  if (!isReport(document)) {
    const [error] = isReport.errors ?? [];
    throw new UsageError(
      `not a smart-check report: ${error?.instancePath || 'the document'} ${error?.message ?? 'is wrong'}`,
    );
  }
  return { ...document, exchanges: exchangeList(document.exchanges) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError('not a smart-check report: not JSON', { cause: error });
  }
}
