/** A page with one form, apart from how it looks. Texts are in English; a style may say them in another language. */
export interface FormPage {
  readonly title: string;
  readonly lead?: string;
  /** What went wrong with the answer before. */
  readonly problem?: string;
  readonly action: string;
  readonly method?: 'get' | 'post';
  readonly hidden: Readonly<Record<string, string>>;
  readonly fields?: readonly Field[];
  readonly choice?: Choice;
  readonly checkboxes?: readonly Checkbox[];
  readonly buttons: readonly Button[];
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'password';
  readonly autocomplete: 'username' | 'current-password' | 'one-time-code';
}

/** One of several things to pick. */
export interface Choice {
  readonly name: string;
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string; readonly detail: string }[];
}

export interface Checkbox {
  readonly name: string;
  readonly value: string;
  readonly label: string;
}

export interface Button {
  readonly name?: string;
  readonly value?: string;
  readonly label: string;
}
