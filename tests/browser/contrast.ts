/**
 * Measures the contrast of every text of a page (WCAG 2.2, success criterion 1.4.3).
 */
import type { Page } from "playwright-core";

/** Texts whose contrast with what is behind them is below 4.5:1, or 3:1 for large ones. */
export function faintTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate(MEASURE);
}

const MEASURE = `(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const channel = (value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    const text = own.map((node) => node.nodeValue).join("").trim();
    const box = element.getBoundingClientRect();
    if (text === "" || box.width <= 1 || ["SCRIPT", "STYLE", "NOSCRIPT"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const [one, other] = [luminance(parse(style.color)), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < (large ? 3 : 4.5)) faint.push(ratio.toFixed(2) + " " + text.slice(0, 60));
  }
  return faint;
})()`;
