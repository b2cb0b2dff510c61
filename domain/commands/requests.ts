/** The open request that is decided, by its id on the item. */
export interface RequestDecisionPayload {
  request: string;
}
