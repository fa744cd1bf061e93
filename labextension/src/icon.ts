import { LabIcon } from '@jupyterlab/ui-components';

/** `jp-icon3` gives what has a fill the theme's colour. */
const SPARK = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="currentColor">
    <path d="M10 2c1 6 3 8 9 9-6 1-8 3-9 9-1-6-3-8-9-9 6-1 8-3 9-9Z"/>
    <path d="M19 15c.5 3 1 3.5 4 4-3 .5-3.5 1-4 4-.5-3-1-3.5-4-4 3-.5 3.5-1 4-4Z"/>
  </g>
</svg>`;

/**
 * The extension's own icon: a spark.
 */
export const modelsIcon = new LabIcon({
  name: 'jupyter-sw:models',
  svgstr: SPARK
});
