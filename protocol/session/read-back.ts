/** What a person has typed and is to confirm. */
export interface ReadBack {
  readonly code: string;
  /** Link time until which it can be confirmed, ms. */
  readonly until: number;
  readonly what:
    | {
        readonly kind: 'dose';
        readonly args: { readonly nl: number; readonly nlpd: number; readonly over?: string };
        readonly after: number;
      }
    /** Ends the session of a host that holds the pump. */
    | { readonly kind: 'release'; readonly sid: string };
}
