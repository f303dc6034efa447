/** Words by a name of the data or of the contract. */
export type Names = { readonly [name: string]: string };
