// Webhooks to this machine: tests have their receivers here. Imported before any module of src.
process.env.WEBHOOKS_ALLOW_PRIVATE = "true";

export {};
