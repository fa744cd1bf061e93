import { Token } from '@lumino/coreutils';

import type { Api } from './api';
import type { DevicesModel } from './devices/model';
import type { JobsModel } from './jobs/model';
import type { LaunchModel } from './launch/model';
import type { LogPreferences } from './logs/preferences';

/**
 * The typed REST client of the server half.
 */
export const ISwApi = new Token<ISwApi>(
  'jupyter-sw:ISwApi',
  'The REST client of the jupyter_sw server extension.'
);
export type ISwApi = Api;

/**
 * The jobs of this server, kept up to date by events.
 */
export const ISwJobs = new Token<ISwJobs>(
  'jupyter-sw:ISwJobs',
  'The jobs of the jupyter_sw server extension, kept up to date by events.'
);
export type ISwJobs = JobsModel;

/**
 * The devices of this server and who holds their memory.
 */
export const ISwDevices = new Token<ISwDevices>(
  'jupyter-sw:ISwDevices',
  'The devices that models run on, and who holds their memory.'
);
export type ISwDevices = DevicesModel;

/**
 * The form that runs a model.
 */
export const ISwLaunch = new Token<ISwLaunch>(
  'jupyter-sw:ISwLaunch',
  'The form of the sidebar that runs a model: its choices, and what would become of them.'
);
export type ISwLaunch = LaunchModel;

/**
 * How a person reads logs.
 */
export const ISwLogPreferences = new Token<ISwLogPreferences>(
  'jupyter-sw:ISwLogPreferences',
  'How a person reads logs of jobs: the same in every view, and remembered.'
);
export type ISwLogPreferences = LogPreferences;

/**
 * The commands of the extension.
 */
export namespace CommandIDs {
  export const showPanel = 'jupyter-sw:show-panel';
  export const refresh = 'jupyter-sw:refresh';
  export const tour = 'jupyter-sw:tour';
  export const launch = 'jupyter-sw:launch';
  export const launchFile = 'jupyter-sw:launch-file';
  export const launchAgain = 'jupyter-sw:launch-again';
  export const saveTemplate = 'jupyter-sw:save-template';
  export const insertCommand = 'jupyter-sw:insert-command';
  export const openJob = 'jupyter-sw:open-job';
  export const openChat = 'jupyter-sw:open-chat';
  export const compareChats = 'jupyter-sw:compare-chats';
  export const openLogs = 'jupyter-sw:open-logs';
  export const askAboutCell = 'jupyter-sw:ask-about-cell';
  export const explainError = 'jupyter-sw:explain-error';
  export const extendJob = 'jupyter-sw:extend-job';
  export const cancelJob = 'jupyter-sw:cancel-job';
  export const cancelJobs = 'jupyter-sw:cancel-jobs';
  export const pauseJob = 'jupyter-sw:pause-job';
  export const resumeJob = 'jupyter-sw:resume-job';
  export const rerunJob = 'jupyter-sw:rerun-job';
  export const deleteJob = 'jupyter-sw:delete-job';
  export const deleteJobs = 'jupyter-sw:delete-jobs';
  export const deleteEnded = 'jupyter-sw:delete-ended-jobs';
  export const renameJob = 'jupyter-sw:rename-job';
  export const commentJob = 'jupyter-sw:comment-job';
  export const moveJob = 'jupyter-sw:move-job';
  export const pinJob = 'jupyter-sw:pin-job';
  export const pinJobs = 'jupyter-sw:pin-jobs';
  export const openNotebook = 'jupyter-sw:open-notebook';
}

/**
 * The gettext domain of all strings here.
 */
export const DOMAIN = 'jupyter_sw';
