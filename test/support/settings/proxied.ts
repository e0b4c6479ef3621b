// Imported first: believes one proxy, so that a test chooses its networks. Tries are not counted: only the gate stands.
process.env.TRUST_PROXY ??= "1";
