import ClusterRunnerPlugin
import Testing

extension BrowserPage {
    /// Returns the page's faults for low vision, keyboard use, and small screens.
    func audit() async throws -> [String] {
        try await evaluate("(\(Self.auditScript))()").array?.compactMap(\.string) ?? ["The audit says nothing."]
    }

    private static let auditScript = """
        () => {
          const problems = [];
          const note = (what, element) => problems.push(`${what}: ${element.outerHTML.slice(0, 160)}`);
          const isShown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
          const name = (element) => element.getAttribute("aria-label") || element.textContent.trim() || element.title;
          const all = (selector) => [...document.querySelectorAll(selector)].filter(isShown);

          if (!document.documentElement.lang) problems.push("no language");
          if (!document.title) problems.push("no title");
          if (all("h1").length !== 1) problems.push(`${all("h1").length} first headings`);
          if (all("main").length !== 1) problems.push("no main part");
          let level = 0;
          for (const heading of all("h1, h2, h3, h4")) {
            const next = Number(heading.localName[1]);
            if (next > level + 1) note(`heading of level ${next} after ${level}`, heading);
            level = next;
          }
          for (const field of all("input:not([type=hidden]), select, textarea")) {
            if (!field.labels?.length && !field.getAttribute("aria-label")) note("field without a label", field);
          }
          for (const control of all("a[href], button, summary")) if (!name(control) && !control.closest("[aria-hidden=true]")) note("no name", control);
          for (const picture of all("svg, img")) {
            const isHidden = picture.closest("[aria-hidden=true]");
            if (!isHidden && !(picture.getAttribute("role") === "img" && name(picture))) note("picture without a name", picture);
          }
          for (const table of all("table")) if (!table.querySelector("th[scope]")) note("table without heads", table);
          const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
          for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) problems.push(`id ${id} twice`);
          for (const attribute of ["aria-labelledby", "aria-describedby"]) {
            for (const element of document.querySelectorAll(`[${attribute}]`)) {
              if (!document.getElementById(element.getAttribute(attribute))) note(`${attribute} leads nowhere`, element);
            }
          }
          if (document.documentElement.scrollWidth > innerWidth) {
            problems.push(`wider than the screen: ${document.documentElement.scrollWidth} of ${innerWidth}`);
          }

          const canvas = document.createElement("canvas");
          canvas.width = canvas.height = 1;
          const context = canvas.getContext("2d", { willReadFrequently: true });
          const colours = new Map();
          const rgba = (text) => {
            if (!colours.has(text)) {
              context.clearRect(0, 0, 1, 1);
              context.fillStyle = text;
              context.fillRect(0, 0, 1, 1);
              colours.set(text, [...context.getImageData(0, 0, 1, 1).data].map((part) => part / 255));
            }
            return colours.get(text);
          };
          const over = (front, back, alpha) => [0, 1, 2].map((part) => front[part] * alpha + back[part] * (1 - alpha));
          const ground = (element) => {
            if (!element) return [1, 1, 1];
            const [r, g, b, alpha] = rgba(getComputedStyle(element).backgroundColor);
            return alpha === 1 ? [r, g, b] : over([r, g, b], ground(element.parentElement), alpha);
          };
          const opacity = (element) => element ? getComputedStyle(element).opacity * opacity(element.parentElement) : 1;
          const luminance = (colour) => colour
            .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
            .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const seen = new Set();
          while (texts.nextNode()) {
            const element = texts.currentNode.parentElement;
            if (!texts.currentNode.data.trim() || seen.has(element) || !isShown(element)) continue;
            seen.add(element);
            if (element.closest("svg, [aria-disabled], :disabled, noscript, .skip, .unseen")) continue;
            const style = getComputedStyle(element);
            const back = ground(element);
            const [r, g, b, alpha] = rgba(style.color);
            const [light, dark] = [luminance(over([r, g, b], back, alpha * opacity(element))), luminance(back)].sort((a, b) => b - a);
            const ratio = (light + 0.05) / (dark + 0.05);
            const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && style.fontWeight >= 600);
            if (ratio < (isLarge ? 3 : 4.5)) note(`contrast ${ratio.toFixed(2)}`, element);
          }
          return problems.slice(0, 20);
        }
        """
}
