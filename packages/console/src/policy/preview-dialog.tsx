import type { OutputOf } from '@keywright/contract';
import { Alert, List, Stack, Text } from '@mantine/core';
import { counted, exactTime } from '../format.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Name } from '../parts/name.tsx';

export type Preview = OutputOf<'previewKeyPolicy'>;

/** The rules that touch somebody. */
export const touchingRules = ({ rules }: Preview) => rules.filter(({ keys, owners }) => keys + owners > 0);

interface PreviewDialogProps {
  preview: Preview;
  busy: boolean;
  error: Error | null;
  onSave: () => void;
  onClose: () => void;
}

/** Which keys and owners a change of the key policy would touch, before it is saved. */
export function PreviewDialog({ preview, busy, error, onSave, onClose }: PreviewDialogProps) {
  const touching = touchingRules(preview);
  return (
    <ConfirmDialog
      title="What the change touches"
      verb="Save the key policy"
      busy={busy}
      error={error}
      onConfirm={onSave}
      onClose={onClose}
    >
      {touching.length === 0 ? (
        <Text size="sm" role="status">
          The change touches no key and no owner.
        </Text>
      ) : (
        <Text size="sm" role="status">
          No key stops working at once. This is what becomes tighter:
        </Text>
      )}
      {touching.map(rule => (
        <TouchingRule key={rule.rule} rule={rule} items={preview.items.filter(item => item.rule === rule.rule)} />
      ))}
    </ConfirmDialog>
  );
}

interface TouchingRuleProps {
  rule: Preview['rules'][number];
  items: Preview['items'];
}

function TouchingRule({ rule, items }: TouchingRuleProps) {
  const hidden = Math.max(rule.keys, rule.owners) - items.length;
  return (
    <Alert color="yellow" title={`${counted(rule.keys, 'access key')} of ${counted(rule.owners, 'owner')}`}>
      <Stack gap="xs">
        <Text size="sm">
          {rule.effect} From {exactTime(rule.from)}.
        </Text>
        <List size="sm">
          {items.map(item => (
            <List.Item key={`${item.key}${item.owner.id}`}>
              <Name>{item.key === null ? item.owner.name : (item.name ?? 'Unnamed key')}</Name>{' '}
              {item.key !== null && (
                <>
                  <span className="kw-key">{item.key}</span> of <Name>{item.owner.name}</Name>
                </>
              )}
              : {item.reason}
            </List.Item>
          ))}
        </List>
        {hidden > 0 && <Text size="sm">and {hidden} more.</Text>}
      </Stack>
    </Alert>
  );
}
