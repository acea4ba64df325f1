import { useState } from 'react';
import { graphql } from 'react-relay';
import type { auditExportMutation, ExportFormat } from '../__generated__/auditExportMutation.graphql';
import type { AuditEventFilter } from '../__generated__/auditListQuery.graphql';
import { tell } from '../app/news';
import { useText } from '../app/text';
import { useWrite } from '../app/write';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Select } from '../ui/select';

const Mutation = graphql`
  mutation auditExportMutation($input: ExportAuditEventsInput!) {
    exportAuditEvents(input: $input) {
      ticketUrl
      rows
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const formats = ['CSV', 'XLSX', 'JSONL'] as const;

/** Downloads the events that match the filters. The file goes from the server to the disk, and not through the page. */
export function AuditExport({
  orgId,
  filter,
  count,
  onClose,
}: {
  orgId: string;
  filter: AuditEventFilter;
  count: number;
  onClose: () => void;
}) {
  const say = useText();
  const [format, setFormat] = useState<ExportFormat>('CSV');
  const [request, busy] = useWrite<auditExportMutation>(Mutation);
  const download = async () => {
    try {
      const payload = (await request({ input: { orgId, filter, format } })).exportAuditEvents;
      const wrong = payload?.userErrors[0];
      if (wrong) tell('failed', wrong.message);
      if (!payload?.ticketUrl) return;
      const link = document.createElement('a');
      link.href = payload.ticketUrl;
      link.download = '';
      link.click();
      tell('done', say('audit.downloading', { count: payload.rows ?? count }));
      onClose();
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={say('audit.exportTitle')}
      foot={
        <>
          <Button onPress={onClose}>{say('ui.cancel')}</Button>
          <Button kind="primary" busy={busy} onPress={() => void download()}>
            {say('audit.download')}
          </Button>
        </>
      }
    >
      <p>{say('audit.exportAbout', { count })}</p>
      <Select
        label={say('audit.format')}
        value={format}
        onChange={setFormat}
        options={formats.map((one) => ({ value: one, label: say(`audit.format.${one}`) }))}
      />
    </Dialog>
  );
}
