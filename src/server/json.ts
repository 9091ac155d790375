/** A JSON object as it will be sent: faults put anything into its members. */
export type JsonObject = Readonly<Record<string, unknown>>;
