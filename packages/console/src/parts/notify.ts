import { notifications } from '@mantine/notifications';

const closeButtonProps = { 'aria-label': 'Dismiss' };

/** Says shortly that something was done. */
export function notify(message: string): void {
  notifications.show({ message, closeButtonProps });
}

/** Says what somebody has to know: it stays until they put it away. */
export function notifyWarning(message: string): void {
  notifications.show({ message, color: 'yellow', autoClose: false, closeButtonProps });
}

/** Says that something failed where there is no form or dialog to show it in. */
export function notifyError(error: Error): void {
  notifications.show({ title: 'This did not work', message: error.message, color: 'red', closeButtonProps });
}
