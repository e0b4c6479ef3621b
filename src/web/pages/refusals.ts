import type { Request, Response } from "express";
import { ForgedRequest, HttpError } from "../../errors.js";

/** 401: a form needs a proof first, such as a login, the password or a confirmed email. */
export class ProofNeeded extends HttpError {
  readonly to: string;
  constructor(to: string) {
    if (to === "/email-confirmation")
      super(
        401,
        "Confirm your email address first",
        "Nothing was changed. Open the link we've emailed you. You only need to do this once.",
      );
    else
      super(
        401,
        "Confirm it's you",
        "Nothing was changed. We've kept what you typed, and you'll see it again after this step.",
      );
    this.to = to;
  }
}

/** 409: the data was changed between reading and writing. `retryIfChanged` handles it. */
export class ChangedMeanwhile extends HttpError {
  constructor() {
    super(409, "This was changed at the same time", "Nothing was saved. Send the form again to see the saved version.");
  }
}

/**
 * Handles a form again if the data was changed between reading and writing. The cause may be a double click on the same
 * form, or another user. In the second case, the page shows the saved text beside the input.
 */
export const retryIfChanged =
  <Params>(handle: (req: Request<Params>, res: Response) => Promise<void>) =>
  async (req: Request<Params>, res: Response): Promise<void> => {
    await handle(req, res).catch((error: unknown) => {
      if (error instanceof ChangedMeanwhile) return handle(req, res);
      throw error;
    });
  };

/** 403: the browser sent no cookies, so its forms cannot be accepted. */
export class NoCookies extends ForgedRequest {
  constructor() {
    super(
      "Your browser sent no cookies",
      "Forms and logins need cookies. Nothing was changed. Allow cookies for this site in your browser's settings, reload the page and send the form again.",
    );
  }
}

/** 403: the site was opened under another name than BASE_URL. Cookies and links in emails only work with that name. */
export class OpenedElsewhere extends ForgedRequest {
  readonly again: { to: string; text: string };
  constructor(baseUrl: string) {
    super(
      "This site has another address",
      `Its address is ${baseUrl}. Nothing was changed. Open it there and send the form again.`,
    );
    this.again = { to: baseUrl, text: "Open the site there" };
  }
}

/** 403: the impersonation has ended, so a form sent during it is refused. */
export class ImpersonationEnded extends HttpError {
  constructor() {
    super(
      403,
      "You're no longer acting as another user",
      "Your time acting as another user ended, so the form wasn't sent. Nothing was changed.",
    );
  }
}
