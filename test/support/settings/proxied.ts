// Imported first: trusts one proxy, so that a test can choose its networks. Rate limits are off; only the hashing queue
// applies.
process.env.TRUST_PROXY ??= "1";
