import './finder.css';
import '../ui/dialog.css';
import '../ui/select.css';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Autocomplete } from 'react-aria-components/Autocomplete';
import { Dialog } from 'react-aria-components/Dialog';
import { Input } from 'react-aria-components/Input';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { SearchField } from 'react-aria-components/SearchField';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import type { finderQuery } from '../__generated__/finderQuery.graphql';
import { Icon } from '../ui/icon';
import { may, type Org } from './access';
import type { Place } from './shell';
import { useText } from './text';

const Query = graphql`
  query finderQuery($org: ID!, $search: String!) {
    org(id: $org) {
      id
      roles(first: 5, filter: { search: $search }) {
        nodes {
          id
          name
          description
        }
      }
      subAccounts(first: 5, filter: { search: $search }) {
        nodes {
          id
          name
          phone
          email
        }
      }
    }
  }
`;

interface Found extends Place {
  more?: string;
}

/** Finds screens, and the owner's roles and accounts, by what is typed. */
export function Finder({ org, places, onClose }: { org: Org | null; places: readonly Place[]; onClose: () => void }) {
  const say = useText();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const objects = useFound(org, text);
  const wanted = text.trim().toLocaleLowerCase();
  const found = [...places.filter(({ label }) => label.toLocaleLowerCase().includes(wanted)), ...objects];
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(open) => open || onClose()} className="scrim finder-scrim">
      <Modal className="finder-box">
        <Dialog aria-label={say('app.find')}>
          <Autocomplete inputValue={text} onInputChange={setText}>
            <SearchField aria-label={say('app.find')} autoFocus className="field">
              <div className="finder-input">
                <Icon name="search" />
                <Input placeholder={say('app.findWhat')} />
              </div>
            </SearchField>
            <ListBox
              aria-label={say('app.found')}
              className="finder-found"
              items={found.map((one) => ({ ...one, id: one.to }))}
              renderEmptyState={() => <p className="none">{say('app.foundNothing')}</p>}
              onAction={(key) => {
                onClose();
                void navigate({ to: String(key) as never });
              }}
            >
              {(one: Found) => (
                <ListBoxItem id={one.to} textValue={one.label} className="option">
                  <Icon name={one.icon} />
                  <span className="option-text">
                    <span className="cut">{one.label}</span>
                    {one.more && <span className="more cut">{one.more}</span>}
                  </span>
                </ListBoxItem>
              )}
            </ListBox>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function useFound(org: Org | null, text: string): Found[] {
  const environment = useRelayEnvironment();
  const [found, setFound] = useState<Found[]>([]);
  const search = text.trim();
  const orgId = org && may(org.id, 'owner') ? org.id : null;
  useEffect(() => {
    if (!orgId || !search) {
      setFound([]);
      return;
    }
    let running: { unsubscribe(): void } | null = null;
    const timer = setTimeout(() => {
      running = fetchQuery<finderQuery>(environment, Query, { org: orgId, search }).subscribe({
        next: ({ org }) =>
          setFound([
            ...(org?.roles?.nodes ?? []).map((role) => ({
              to: `/o/${orgId}/settings/roles/${role.id}`,
              label: role.name,
              more: role.description,
              icon: 'key' as const,
            })),
            ...(org?.subAccounts?.nodes ?? []).map((one) => ({
              to: `/o/${orgId}/settings/accounts/${one.id}`,
              label: one.name,
              more: one.phone ?? one.email ?? '',
              icon: 'people' as const,
            })),
          ]),
        error: () => setFound([]),
      });
    }, 200);
    return () => {
      clearTimeout(timer);
      running?.unsubscribe();
    };
  }, [environment, orgId, search]);
  return found;
}
