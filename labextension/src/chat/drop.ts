import type { MimeData } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';

/** A drag of JupyterLab's own, which is no drag of the browser's. */
interface IDragEvent extends Event {
  mimeData: MimeData;
  proposedAction: string;
  dropAction: string;
}

const EVENTS = ['lm-dragenter', 'lm-dragover', 'lm-dragleave', 'lm-drop'];

/**
 * Takes what is dragged from JupyterLab onto an element, and shows that it would.
 */
export class DropTarget implements IDisposable {
  constructor(
    private readonly _options: {
      node: HTMLElement;
      accepts: (data: MimeData) => boolean;
      take: (data: MimeData) => void;
    }
  ) {
    EVENTS.forEach(type => _options.node.addEventListener(type, this));
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    const { node } = this._options;
    EVENTS.forEach(type => node.removeEventListener(type, this));
  }

  handleEvent(event: Event): void {
    const drag = event as IDragEvent;
    const { node, accepts, take } = this._options;
    if (!accepts(drag.mimeData)) {
      return;
    }
    // JupyterLab would open a dragged file as a tab here.
    drag.preventDefault();
    drag.stopPropagation();
    node.classList.toggle(
      'jp-mod-dropTarget',
      drag.type === 'lm-dragenter' || drag.type === 'lm-dragover'
    );
    if (drag.type === 'lm-dragover') {
      drag.dropAction = drag.proposedAction;
    } else if (drag.type === 'lm-drop') {
      drag.dropAction = drag.proposedAction;
      take(drag.mimeData);
    }
  }

  private _disposed = false;
}
