import React, { useLayoutEffect, useRef } from 'react';

import { CellLine } from '../command';
import { useView } from '../context';
import { useChanges } from '../hooks';
import type { Status } from '../schema';
import { Advanced } from './advanced';
import type { LaunchModel } from './model';
import { ModelStep } from './modelstep';
import { ReleaseStep } from './releasestep';
import { ResourceStep } from './resourcestep';
import { HandlerStep, RuntimeStep } from './runsteps';
import { SaveTemplate, TemplateBar } from './templatebar';
import { Verdict } from './verdict';

/**
 * Runs a model by five choices, all of which are made already.
 */
export function LaunchForm(props: {
  launch: LaunchModel;
  status: Status;
}): React.ReactElement {
  const { launch, status } = props;
  const { trans } = useView();
  const form = useRef<HTMLFormElement>(null);
  useChanges(launch);
  const ready = launch.models !== null;
  useLayoutEffect(() => {
    // Enter on a fresh form runs what it shows, and Escape closes it, from the moment it is seen;
    // but for a dialog that is being read, as the tour's.
    if (!document.activeElement?.closest('[role="dialog"]')) {
      form.current?.querySelector<HTMLElement>('[role="combobox"]')?.focus();
    }
  }, [ready]);
  return (
    <form
      ref={form}
      className="jp-sw-Launch"
      aria-label={trans.__('Run a model')}
      onSubmit={event => {
        event.preventDefault();
        void launch.submit();
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          launch.close();
        }
      }}
    >
      <div className="jp-sw-Launch-fields">
        <h3>{trans.__('Run a model')}</h3>
        <TemplateBar launch={launch} />
        <ResourceStep launch={launch} />
        <ModelStep launch={launch} />
        <HandlerStep launch={launch} />
        <RuntimeStep launch={launch} engines={status.engines} />
        <ReleaseStep
          launch={launch}
          longest={status.max_release_after}
          defaults={{
            after: status.default_release_after,
            idle: status.default_release_idle
          }}
        />
        <Advanced launch={launch} />
      </div>
      <footer>
        <Verdict launch={launch} />
        {launch.estimate && <CellLine line={launch.estimate.command} />}
        <div className="jp-sw-Launch-buttons">
          <button
            type="submit"
            className="jp-sw-Button jp-mod-primary"
            disabled={
              launch.isBusy ||
              !launch.choices.model.trim() ||
              launch.estimate?.fit === 'never'
            }
          >
            {launch.isBusy ? trans.__('Submitting…') : trans.__('Run')}
          </button>
          <button
            type="button"
            className="jp-sw-Button"
            onClick={() => launch.close()}
          >
            {trans.__('Back')}
          </button>
          <span className="jp-sw-Spring" />
          <SaveTemplate launch={launch} />
        </div>
      </footer>
    </form>
  );
}
