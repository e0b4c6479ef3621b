// Imported before any module of src, by tests of metrics on the app's port.
process.env.METRICS_TOKEN = "hW7xQ2mVr9TzK4bNc6JpYd3GfL8sEa5u";
process.env.RATE_LIMITS = "on";

export {};
