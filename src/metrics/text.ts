import { register } from "prom-client";

/** Returns all metrics of this process in the text format of Prometheus. The values are read now. */
export const readMetrics = async (): Promise<{ type: string; text: string }> => ({
  type: register.contentType,
  text: await register.metrics(),
});
