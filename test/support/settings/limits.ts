// Imported first, by tests of rate limits: enables them, and trusts one proxy by default, so that a test can choose its
// networks.
process.env.RATE_LIMITS = "on";
process.env.TRUST_PROXY ??= "1";
