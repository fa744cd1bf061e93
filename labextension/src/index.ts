import { chatPlugin } from './chat/plugin';
import { devicesPlugin } from './devices/plugin';
import { apiPlugin, jobCommandsPlugin, jobsPlugin } from './jobs/plugin';
import { jobPagePlugin } from './jobpage/plugin';
import { launchCommandsPlugin, launchPlugin } from './launch/plugin';
import { logsPlugin } from './logs/plugin';
import { notificationsPlugin } from './notifications/plugin';
import { panelPlugin } from './panel/plugin';
import { runningPlugin } from './running/plugin';
import { statusPlugin } from './status/plugin';
import { tourPlugin } from './tour/plugin';

export { ISwApi, ISwDevices, ISwJobs, ISwLaunch } from './tokens';

export default [
  apiPlugin,
  jobsPlugin,
  jobCommandsPlugin,
  devicesPlugin,
  launchPlugin,
  launchCommandsPlugin,
  panelPlugin,
  jobPagePlugin,
  logsPlugin,
  chatPlugin,
  runningPlugin,
  statusPlugin,
  notificationsPlugin,
  tourPlugin
];
