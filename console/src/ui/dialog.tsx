import './dialog.css';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { useText } from '../app/text';
import { Button, IconButton } from './button';

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** The buttons at the end. */
  foot?: ReactNode;
  /** Where it stands: in the middle, or as a drawer at one side. */
  at?: 'middle' | 'side' | 'start';
  wide?: boolean;
  /** Whether it asks something that has to be answered. */
  asks?: boolean;
  /** Whether there is no way out but its buttons. */
  stays?: boolean;
}

/** A dialog over the page. The focus stays in it, and returns to where it came from. */
export function Dialog({ open, onClose, title, children, foot, at = 'middle', wide, asks, stays }: DialogProps) {
  const say = useText();
  return (
    <ModalOverlay
      isOpen={open}
      onOpenChange={(next) => next || onClose()}
      isDismissable={!asks && !stays}
      isKeyboardDismissDisabled={stays ?? false}
      className={at === 'middle' ? 'scrim' : `scrim at-${at}`}
    >
      <Modal className={wide ? 'modal wide' : 'modal'}>
        <AriaDialog role={asks ? 'alertdialog' : 'dialog'}>
          <div className="modal-head">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            {!stays && <IconButton icon="close" label={say('ui.close')} onPress={onClose} />}
          </div>
          <div className="modal-body">{children}</div>
          {foot && <div className="modal-foot">{foot}</div>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** A dialog at the side of the page, for the detail of a row or a short form. */
export function Drawer(props: Omit<DialogProps, 'at' | 'asks'>) {
  return <Dialog {...props} at="side" />;
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** What happens, and to whom. */
  children: ReactNode;
  /** What the button does, as a verb. */
  action: string;
  warns?: boolean;
  busy?: boolean;
  disabled?: boolean;
  onConfirm: () => void;
}

/** A question before something is done. */
export function Confirm({ open, onClose, title, children, action, warns, busy, disabled, onConfirm }: ConfirmProps) {
  const say = useText();
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      asks
      foot={
        <>
          <Button onPress={onClose}>{say('ui.cancel')}</Button>
          <Button
            kind={warns ? 'danger' : 'primary'}
            onPress={onConfirm}
            busy={busy ?? false}
            isDisabled={disabled ?? false}
            autoFocus={!warns}
          >
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
