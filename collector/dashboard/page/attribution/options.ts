/** What the analyses of this view share: label, look-back and path, as parameters of the contract. */
export type PathParams = Record<string, string | undefined>;

export type Measure = "conversions" | "value";
