import { IncomingMessage, type ServerOptions, ServerResponse } from "node:http";
import type { Express } from "express";

type Classes = Required<Pick<ServerOptions, "IncomingMessage" | "ServerResponse">>;

/**
 * Returns the classes of requests and responses whose prototypes are those of this application. Express otherwise gives
 * each request and response another prototype (`app.handle`), and V8 then forgets their shape,
 * which slows down all code that reads them (docs/decisions/0049-request-prototypes.md).
 */
export function createRequestClasses(app: Express): Classes {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse {}
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype });
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse } as Classes;
}
