export const STAGES = ["awareness", "consideration", "purchase", "service", "loyalty"] as const;
