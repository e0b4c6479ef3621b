process.env.AUDIT_ADDRESS = "auditor@example.org";

export {};
