import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { ISwApi, ISwDevices, ISwJobs } from '../tokens';
import { DevicesModel } from './model';

/**
 * The devices and who holds their memory.
 */
export const devicesPlugin: JupyterFrontEndPlugin<ISwDevices> = {
  id: 'jupyter-sw:devices',
  description: 'Provides the devices that models run on.',
  autoStart: true,
  requires: [ISwApi, ISwJobs],
  provides: ISwDevices,
  activate: (_: JupyterFrontEnd, api: ISwApi, jobs: ISwJobs): ISwDevices =>
    new DevicesModel({ api, jobs })
};
