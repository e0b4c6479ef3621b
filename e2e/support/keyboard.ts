import { expect, type Locator, type Page } from "playwright/test";

const STOPS = 40;

/** Reaches an element with the Tab key only, and checks at every stop that the focus is visible. */
export async function tabTo(page: Page, target: Locator) {
  for (let stop = 0; stop < STOPS; stop++) {
    await page.keyboard.press("Tab");
    await expectFocusSeen(page);
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  await expect(target, `not reached after pressing Tab ${STOPS} times`).toBeFocused();
}

async function expectFocusSeen(page: Page) {
  const focus = await page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    const seen = (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
    return { seen, element: element.outerHTML.slice(0, 120) };
  });
  if (focus) expect(focus.seen, `no visible focus on ${focus.element}`).toBe(true);
}
