import './account.css';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useViewer, type Viewer } from '../app/access';
import { useNames } from '../app/names';
import { useText } from '../app/text';
import { Release } from '../org/welcome';
import { Avatar, Status } from '../ui/bits';
import { Button } from '../ui/button';
import { Card, Page } from '../ui/page';
import { Empty } from '../ui/state';
import { type Column, List, Table } from '../ui/table';
import { Moment } from '../ui/time';

type Seat = Viewer['seats'][number];
type Row = Seat & { id: string };

/** 子帐号授权: the orgs in which the viewer has a seat, what a seat means, and the way to leave. */
export function Authorizations() {
  const say = useText();
  const listed = useNames();
  const viewer = useViewer();
  const [leaving, setLeaving] = useState<Seat | null>(null);
  if (!viewer) return null;
  const { seats, seatLimit, ownedOrg } = viewer;
  const columns: Column<Row>[] = [
    {
      id: 'org',
      title: say('account.org'),
      as: 'lead',
      cell: (seat) => (
        <span className="person">
          <Avatar name={seat.orgName} square />
          {seat.org ? (
            <Link to={`/o/${seat.orgId}` as never} className="main">
              {seat.orgName}
            </Link>
          ) : (
            <span className="main">{seat.orgName}</span>
          )}
        </span>
      ),
    },
    { id: 'name', title: say('account.myName'), cell: (seat) => seat.name },
    { id: 'roles', title: say('account.roles'), cell: (seat) => listed(seat.roleNames) },
    {
      id: 'status',
      title: say('account.status'),
      cell: (seat) => (
        <Status kind={seat.status === 'ENABLED' ? 'good' : 'off'}>{say(`account.is.${seat.status}`)}</Status>
      ),
    },
    {
      id: 'since',
      title: say('account.since'),
      cell: (seat) => (
        <span className="faint">
          <Moment at={seat.createdAt} zone={seat.org?.timeZone} />
        </span>
      ),
    },
    {
      id: 'acts',
      title: say('ui.acts'),
      as: 'acts',
      end: true,
      cell: (seat) => (
        <Button kind="link" warns onPress={() => setLeaving(seat)}>
          {say('org.release')}
        </Button>
      ),
    },
  ];
  const rows = seats.map((seat) => ({ ...seat, id: seat.subAccountId }));
  return (
    <Page title={say('account.authorizations')} about={say('account.authorizationsAbout')}>
      <List>
        {rows.length > 0 ? (
          <Table label={say('account.authorizations')} columns={columns} rows={rows} />
        ) : (
          <Empty icon="shield" title={say('account.noSeats')}>
            {ownedOrg ? say('account.ownsOrg', { org: ownedOrg.name }) : say('account.noSeatsAbout')}
          </Empty>
        )}
      </List>
      <Card title={say('account.explain')}>
        <ul className="points">
          <li>{say('account.explainSeat')}</li>
          <li>{say('account.explainOwner')}</li>
          <li>{say('account.explainLimit', { limit: seatLimit, count: seats.length })}</li>
          <li>{say('account.explainRelease')}</li>
        </ul>
      </Card>
      <Release seat={leaving} onClose={() => setLeaving(null)} />
    </Page>
  );
}
