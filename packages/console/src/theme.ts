import {
  type CSSVariablesResolver,
  createTheme,
  Drawer,
  InputWrapper,
  Menu,
  Modal,
  NativeSelect,
  SegmentedControl,
  Tooltip,
} from '@mantine/core';

/** White text on shade 7 has a contrast of 5.4 : 1; shade 8 is its hover. */
const GREEN = [
  '#effaf3',
  '#d9f3e3',
  '#b3e6c8',
  '#7fd3a3',
  '#4fbf82',
  '#2aa565',
  '#1b8f54',
  '#147a46',
  '#0f6238',
  '#0b4628',
] as const;

/** White text on shade 7 has a contrast of 5.9 : 1. */
const RED = [
  '#fef1ef',
  '#fde0dd',
  '#fac0ba',
  '#f59a91',
  '#ee7267',
  '#e25045',
  '#d3382d',
  '#c0281d',
  '#9d1f16',
  '#7a1710',
] as const;

/** Shade 4 borders the fields: 3 : 1 against what lies around them (WCAG 2.2, 1.4.11), as shade 4 of the dark ones below. */
const GRAY = [
  '#f6f8f7',
  '#edf1ef',
  '#e1e7e3',
  '#cfd7d2',
  '#8d9892',
  '#7b8680',
  '#66716b',
  '#4d5852',
  '#37413c',
  '#232c27',
] as const;

const DARK = [
  '#e4e9e6',
  '#c3cbc7',
  '#a3ada8',
  '#838e89',
  '#68746e',
  '#343d39',
  '#27302c',
  '#1a211e',
  '#131916',
  '#0d1210',
] as const;

/** Nothing moves or fades: what was opened is there at once, also for assistive technology. */
const still = { transitionProps: { duration: 0 } };

/** What floats lies within the page's main part, so that it belongs to a landmark. */
const floating = { ...still, portalProps: { target: '#floating' } };

export const theme = createTheme({
  primaryColor: 'green',
  primaryShade: 7,
  colors: { green: GREEN, red: RED, gray: GRAY, dark: DARK },
  black: '#16211b',
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Drawer: Drawer.extend({ defaultProps: still }),
    Modal: Modal.extend({ defaultProps: still }),
    Menu: Menu.extend({
      defaultProps: { ...floating, position: 'bottom-end', shadow: 'md', withInitialFocusPlaceholder: false },
    }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { transitionDuration: 0 } }),
    Tooltip: Tooltip.extend({
      defaultProps: { ...floating, multiline: true, maw: 320, events: { hover: true, focus: true, touch: true } },
    }),
    InputWrapper: InputWrapper.extend({ defaultProps: { withAsterisk: false } }),
    NativeSelect: NativeSelect.extend({ defaultProps: { withAsterisk: false } }),
  },
});

/** Mantine's greys for secondary text miss 4.5 : 1, and its tints are loud on dark; both are replaced here. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#56615b',
    '--mantine-color-placeholder': '#66716b',
    '--mantine-color-error': '#b42318',
    '--mantine-color-anchor': '#0f6f3e',
    '--mantine-color-disabled-color': '#5f6a64',
    '--mantine-color-yellow-light': '#fdf4dc',
    '--mantine-color-yellow-light-color': '#6a4706',
    '--mantine-color-red-light': '#fdeeec',
    '--mantine-color-blue-light': '#ebf2fc',
    '--kw-surface': '#f6f8f7',
    '--kw-border': '#e1e7e3',
    '--kw-raised': '#ffffff',
  },
  dark: {
    '--mantine-color-dimmed': '#a9b4ae',
    '--mantine-color-placeholder': '#8f9a94',
    '--mantine-color-error': '#ff9d94',
    '--mantine-color-anchor': '#7fd3a3',
    '--mantine-color-disabled-color': '#98a39d',
    '--mantine-color-yellow-light': '#352b12',
    '--mantine-color-yellow-light-color': '#f7d88d',
    '--mantine-color-red-light': '#3d1c19',
    '--mantine-color-blue-light': '#182a40',
    '--kw-surface': '#151b18',
    '--kw-border': '#2c3531',
    '--kw-raised': '#1f2723',
  },
});
