// Imported first, by tests of the limits: counts tries, and believes one proxy unless told otherwise, so that a test chooses its networks.
process.env.RATE_LIMITS = "on";
process.env.TRUST_PROXY ??= "1";
