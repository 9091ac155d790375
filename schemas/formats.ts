import { fullFormats } from 'ajv-formats/dist/formats.js';

/** The formats that our schemas use, as a client takes them. */
export const formats = {
  uri: (text: string) => URL.canParse(text),
  'date-time': fullFormats['date-time'],
};
