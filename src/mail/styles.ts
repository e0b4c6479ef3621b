import { getSitePart } from "../definitions/site-part.js";

// Some email programs drop <style>, and none loads a style sheet. So this table holds every rule that an email needs,
// and the rules are written into the style attribute of each element. The layout's <style> contains only media queries
// (dark theme, small screens), with !important, because inline rules win. Colours and fonts are those of
// public/css/tokens.css, written out because email programs do not support custom properties.

const SANS = "'Avenir Next','Segoe UI',Ubuntu,Cantarell,Helvetica,Arial,sans-serif";
const SERIF = "'Iowan Old Style','Palatino Linotype',Palatino,'URW Palladio L',Georgia,serif";
/** Breaks words that are too long for a line, even in programs without overflow-wrap. */
const BREAK = "overflow-wrap:anywhere;word-break:break-word";

/** By the names of the custom properties. `mailColours` in src/site/definitions.ts replaces them. */
const ofApp = {
  ground: "#f4f5f1",
  ink: "#1b2422",
  gate: "#1d5a48",
  lantern: "#e9ac35",
  line: "#cbd1c6",
  "stone-4": "#a9b2a6",
  sheet: "#fdfdfb",
  edge: "#78837d",
  muted: "#53605a",
  "on-gate": "#ffffff",
};
const colours: typeof ofApp = { ...ofApp, ...getSitePart("mailColours") };

const elements = {
  body: `margin:0;padding:0;background-color:${colours.ground};color:${colours.ink};-webkit-text-size-adjust:100%`,
  h1: `margin:0 0 20px;font:600 30px/37px ${SERIF};color:inherit`,
  p: "margin:0 0 18px",
};

const classes = {
  preview: `display:none;max-height:0;overflow:hidden;font-size:1px;line-height:1px;color:${colours.ground};opacity:0;mso-hide:all`,
  ground: `width:100%;background-color:${colours.ground};border-collapse:separate;border-spacing:0`,
  around: "padding:40px 16px 48px",
  column: "width:100%;max-width:560px;border-collapse:separate;border-spacing:0",
  head: "padding:0 4px 18px",
  logo: "border-collapse:separate;border-spacing:0",
  gate: `width:14px;height:20px;border:5px solid ${colours.gate};border-bottom-width:0;border-radius:12px 12px 0 0;background-color:${colours.lantern};font-size:0;line-height:0`,
  name: `padding-left:12px;vertical-align:bottom;color:${colours.ink};font:600 22px/24px ${SERIF}`,
  sheet: `padding:44px 44px 40px;border:1px solid ${colours.line};border-bottom:8px solid ${colours["stone-4"]};border-radius:32px 32px 4px 4px;background-color:${colours.sheet};color:${colours.ink};font-family:${SANS};font-size:17px;line-height:27px;${BREAK}`,
  press: "margin:28px 0 14px;border-collapse:separate;border-spacing:0",
  "press-quiet": "margin:22px 0;border-collapse:separate;border-spacing:0",
  button: `border:2px solid ${colours.gate};border-radius:16px 16px 3px 3px;background-color:${colours.gate};font-family:${SANS};font-size:17px;line-height:24px`,
  link: `display:inline-block;padding:12px 28px;color:${colours["on-gate"]};font-weight:600;text-decoration:none`,
  "button-quiet": `border:2px solid ${colours.edge};border-radius:16px 16px 3px 3px;background-color:${colours.sheet};font-family:${SANS};font-size:16px;line-height:24px`,
  "link-quiet": `display:inline-block;padding:9px 22px;color:${colours.gate};font-weight:600;text-decoration:none`,
  address: `margin:0 0 28px;color:${colours.muted};font-size:13px;line-height:20px;${BREAK};word-break:break-all`,
  facts: `margin:0 0 24px;padding:14px 18px;border-left:4px solid ${colours.lantern};background-color:${colours.ground};font-size:15px;line-height:25px`,
  "fact-name": `color:${colours.muted}`,
  small: `margin:0;color:${colours.muted};font-size:15px;line-height:24px`,
  alarm: `margin-top:32px;padding-top:26px;border-top:1px solid ${colours.line};font-size:15px;line-height:24px`,
  foot: `padding:24px 8px 0;color:${colours.muted};font-family:${SANS};font-size:13px;line-height:20px;text-align:center;${BREAK}`,
};

/** All class names that views of emails may use. */
export const classNames = Object.keys(classes);

const TAG = /<(body|h1|p)>|<(?:[a-z]\w*) class="([\w-]+)"/g;

/**
 * Writes the rules of the table into the elements of an email. Values are escaped, so they cannot be mistaken for tags.
 */
export const inlineStyles = (html: string): string =>
  html.replace(TAG, (tag, element?: keyof typeof elements, name?: string) => {
    if (element) return `<${element} style="${elements[element]}">`;
    const style = classes[name as keyof typeof classes];
    return style ? `${tag} style="${style}"` : tag;
  });
