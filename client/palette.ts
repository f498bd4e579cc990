/** Colours for the canvas, which cannot read CSS variables: asked of the style sheet once per theme. */
export interface Palette {
  /** The colour of a CSS variable, as the theme has it now. */
  color(variable: string): string;
  /** Forgets the colours of the theme before. */
  clear(): void;
}

export function createPalette(): Palette {
  const known = new Map<string, string>();
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  return {
    color: (variable) => {
      let color = known.get(variable);
      if (color === undefined) {
        probe.style.color = `var(${variable})`;
        color = getComputedStyle(probe).color;
        known.set(variable, color);
      }
      return color;
    },
    clear: () => known.clear(),
  };
}
