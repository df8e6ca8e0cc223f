/**
 * The rules on which "a dose is given at most once" rests, by name. Both machines take the list of those that are in force: a product
 * passes all of them, the model check also each list that lacks one, to show that the rule is needed (PROTOCOL.md, "What was proven").
 */
export const RULES = {
  session: 'H5: the pump obeys the newest session and refuses every other for ever',
  nonce: 'H3: a host takes one HELLO reply for a nonce, and none for a nonce that it has dropped',
  id: 'D2: the pump knows a dose by its id, and a host takes a record for its own by the id alone',
  after: 'D3: the pump gives a dose only if the number of the last one is the one that the host has seen',
  by: 'D4: the pump gives no dose after its deadline',
  stop: 'T1: a STOP takes a dose number, so that no dose that was wished for before it begins after it',
  journal: 'D6: the journal knows of a dose before the motor turns for it',
  renewal: 'D8: a host gives a dose up only in a session in which it has not sent it',
  query: 'D9: a host asks for the record with the number after+1; the last record may be that of another dose',
  expiry: 'D10: a host sends no dose whose intent has expired',
  if: 'E4: what is absolute carries the revision that the host has seen',
} as const;

export type Rule = keyof typeof RULES;
export type Rules = readonly Rule[];

export const ALL_RULES = Object.keys(RULES) as readonly Rule[];
