/** The text, with nothing in it that GitHub would take for a command of ours. */
export function harmless(text: string): string {
  return text.replace(/^([^\S\n]*):(?=:)/gm, '$1\\:').replaceAll('##[', '#\\#[');
}
