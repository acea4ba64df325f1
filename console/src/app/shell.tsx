import './shell.css';
import { Link, Outlet, useMatches, useNavigate, useRouter, useRouterState } from '@tanstack/react-router';
import { Suspense, useEffect, useRef, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { FormattedTime } from 'react-intl';
import { useSignOut } from '../sign-in/sign-out';
import { Avatar } from '../ui/bits';
import { IconButton } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Icon, type IconName, Mark } from '../ui/icon';
import { Menu } from '../ui/menu';
import { may, type Org, orgOf, orgsOf, useMay, useViewer } from './access';
import { part } from './code';
import { watchAccess } from './live';
import { iconOf, inSettings, pathOf } from './modules';
import { forgetNews, tell, useNews } from './news';
import { currentPreferences, languages, prefer, themes, usePreferences } from './preferences';
import { useAddress } from './screen';
import { Switcher } from './switcher';
import { useText } from './text';

const Finder = part(() => import('./finder').then((module) => module.Finder));

/** An entry of the navigation. */
export interface Place {
  to: string;
  label: string;
  icon: IconName;
}

/** The frame of every screen of somebody who is signed in: navigation, top bar and the screen. */
export function Shell() {
  const say = useText();
  const viewer = useViewer();
  const address = useAddress()['org'];
  const org =
    orgOf(viewer, address ?? currentPreferences().org ?? undefined) ?? (address ? null : (orgsOf(viewer)[0] ?? null));
  const places = usePlaces(org);
  const [open, setOpen] = useState<'menu' | 'finder' | 'news' | 'keys' | null>(null);
  const stale = useRouterState({ select: (state) => state.isLoading });
  const path = useRouterState({ select: (state) => state.location.pathname });
  useLiveAccess();
  useEffect(() => setOpen(null), [path]);
  useEffect(() => {
    if (org && org.id === address) prefer({ org: org.id });
  }, [org, address]);
  useKeys({ find: () => setOpen('finder'), help: () => setOpen('keys') });
  return (
    <div className="shell">
      <a
        href="#content"
        className="skip"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('content')?.focus();
        }}
      >
        {say('app.skip')}
      </a>
      <header className="topbar">
        <span className="only-narrow">
          <IconButton icon="menu" label={say('app.navigation')} onPress={() => setOpen('menu')} />
        </span>
        <Link to="/" className="brand" aria-label={say('app.home')}>
          <Mark size={26} />
        </Link>
        <Switcher org={org} />
        <span className="space" />
        <button type="button" className="finder" onClick={() => setOpen('finder')}>
          <Icon name="search" />
          {say('app.find')}
          <kbd>{finderKey}</kbd>
        </button>
        <span className="narrow-find">
          <IconButton icon="search" label={say('app.find')} onPress={() => setOpen('finder')} />
        </span>
        <span className="only-wide">
          <Preferences />
        </span>
        {org && may(org.id, 'owner') && (
          <Link
            to={`/o/${org.id}/settings/roles` as never}
            className="button only quiet"
            aria-label={say('app.settings')}
            title={say('app.settings')}
          >
            <Icon name="gear" />
          </Link>
        )}
        <IconButton icon="bell" label={say('app.news')} onPress={() => setOpen('news')} />
        <Me org={org} />
      </header>
      <nav className="side" aria-label={say('app.navigation')}>
        <Places groups={places} />
      </nav>
      <main id="content" className="content" tabIndex={-1} data-stale={stale || undefined}>
        <Outlet />
      </main>
      <Dialog open={open === 'menu'} onClose={() => setOpen(null)} at="start" title={org?.name ?? 'Deputy'}>
        <nav aria-label={say('app.navigation')}>
          <Places groups={places} />
        </nav>
      </Dialog>
      <NewsList open={open === 'news'} onClose={() => setOpen(null)} />
      <Keys open={open === 'keys'} onClose={() => setOpen(null)} />
      {open === 'finder' && (
        <Suspense>
          <Finder org={org} places={places.flatMap(({ places }) => places)} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </div>
  );
}

const finderKey = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K';

interface Group {
  title?: string;
  places: Place[];
}

// usePlaces returns the entries beside the screen: the modules, or the settings, or the account.
function usePlaces(org: Org | null): Group[] {
  const say = useText();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const viewer = useViewer();
  const modules: Place[] = (org?.navigation ?? [])
    .filter(({ module }) => !inSettings(module))
    .map(({ module, name }) => ({ to: `/o/${org?.id}/${pathOf(module)}`, label: name, icon: iconOf(module) }));
  const below = (path: string) => `/o/${org?.id}/settings/${path}`;
  const subAccounts: Place[] = [
    { to: below('roles'), label: say('app.roles'), icon: 'key' },
    { to: below('accounts'), label: say('app.accounts'), icon: 'people' },
    { to: below('access'), label: say('app.access'), icon: 'help' },
  ];
  const integrations: Place[] = [{ to: below('apps'), label: say('app.apps'), icon: 'module' }];
  const settings: Group[] = org
    ? [
        ...(may(org.id, 'owner') ? [{ title: say('app.subAccounts'), places: subAccounts }] : []),
        ...(may(org.id, { module: 'INTEGRATIONS', action: 'VIEW' })
          ? [{ title: say('app.integrations'), places: integrations }]
          : []),
        ...(may(org.id, 'owner')
          ? [
              {
                title: say('app.orgGroup'),
                places: [{ to: below('org'), label: say('app.org'), icon: 'building' as const }],
              },
            ]
          : []),
      ]
    : [];
  const account: Place[] = viewer
    ? [
        { to: '/me/authorizations', label: say('app.authorizations'), icon: 'shield' },
        { to: '/me/security', label: say('app.security'), icon: 'phone' },
        { to: '/me/activity', label: say('app.activity'), icon: 'clock' },
      ]
    : [];
  const back: Group[] = org ? [{ places: [{ to: `/o/${org.id}`, label: say('app.back'), icon: 'arrowLeft' }] }] : [];
  if (path.includes('/settings/')) return [...back, ...settings];
  if (path.startsWith('/console/me/') || path.startsWith('/me/'))
    return [...back, { title: say('app.account'), places: account }];
  return [{ places: modules }];
}

function Places({ groups }: { groups: Group[] }) {
  return groups.map((group, i) => (
    <div key={group.title ?? i} className="side-group">
      {group.title && <p className="side-title">{group.title}</p>}
      <ul className="side-list">
        {group.places.map((place) => (
          <li key={place.to}>
            <Link
              to={place.to as never}
              className="side-link"
              activeOptions={{ exact: place.icon === 'arrowLeft', includeSearch: false }}
            >
              <Icon name={place.icon} />
              <span className="cut">{place.label}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  ));
}

// Access that is lost closes the screen with a notice; the first screen that is allowed takes its place.
function useLiveAccess() {
  const say = useText();
  const router = useRouter();
  const navigate = useNavigate();
  const viewer = useViewer();
  const orgId = useAddress()['org'];
  const needs = useMatches({ select: (matches) => matches.at(-1)?.staticData.needs });
  const allowed = useMay(orgId, needs ?? 'nothing');
  const before = useRef({ allowed, orgId, needs });
  const { language } = usePreferences();
  const shown = useRef(language);
  // The server says names of modules in the language of the connection and of the request.
  useEffect(() => watchAccess(), [language]);
  useEffect(() => {
    if (shown.current === language) return;
    shown.current = language;
    void router.invalidate();
  }, [language, router]);
  useEffect(() => {
    const was = before.current;
    before.current = { allowed, orgId, needs };
    if (allowed || !was.allowed || was.orgId !== orgId || was.needs !== needs) return;
    const left = orgOf(viewer, orgId);
    if (!left) forgetNews(); // it is of an org that is none of theirs any more
    tell('failed', say('app.accessLost'));
    if (left) void navigate({ to: `/o/${orgId}` as never, replace: true });
    else void router.invalidate();
  }, [allowed, orgId, needs, viewer, navigate, router, say]);
}

// useKeys hears the keys of the page; those of a field are its own.
function useKeys(keys: { find: () => void; help: () => void }) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable]');
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        latest.current.find();
      } else if (event.key === '?' && !typing) latest.current.help();
    };
    window.addEventListener('keydown', hear);
    return () => window.removeEventListener('keydown', hear);
  }, []);
}

/** The menus of language and theme. */
export function Preferences() {
  const say = useText();
  const { language, theme } = usePreferences();
  return (
    <>
      <Menu
        label={say('app.language')}
        entries={languages.map((one) => ({
          id: one,
          label: one === 'en' ? 'English' : '简体中文',
          chosen: one === language,
          act: () => prefer({ language: one }),
        }))}
      >
        <IconButton icon="globe" label={say('app.language')} />
      </Menu>
      <Menu
        label={say('app.theme')}
        entries={themes.map((one) => ({
          id: one,
          label: say(`app.theme.${one}`),
          chosen: one === theme,
          act: () => prefer({ theme: one }),
        }))}
      >
        <IconButton icon={theme === 'dark' ? 'moon' : theme === 'light' ? 'sun' : 'monitor'} label={say('app.theme')} />
      </Menu>
    </>
  );
}

function Me({ org }: { org: Org | null }) {
  const say = useText();
  const viewer = useViewer();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const { language, theme } = usePreferences();
  const contact = viewer?.account.phone ?? viewer?.account.email ?? '';
  const name =
    (org?.viewerIsOwner ? org.ownerName : viewer?.seats.find(({ orgId }) => orgId === org?.id)?.name) ?? contact;
  return (
    <Menu
      label={say('app.account')}
      title={name}
      about={contact}
      entries={[
        {
          id: 'authorizations',
          label: say('app.authorizations'),
          icon: 'shield',
          act: () => void navigate({ to: '/me/authorizations' as never }),
        },
        {
          id: 'security',
          label: say('app.security'),
          icon: 'phone',
          act: () => void navigate({ to: '/me/security' as never }),
        },
        {
          id: 'activity',
          label: say('app.activity'),
          icon: 'clock',
          act: () => void navigate({ to: '/me/activity' as never }),
        },
        {
          id: 'language',
          label: language === 'en' ? '简体中文' : 'English',
          icon: 'globe',
          act: () => prefer({ language: language === 'en' ? 'zh-CN' : 'en' }),
        },
        {
          id: 'theme',
          label: theme === 'dark' ? say('app.theme.light') : say('app.theme.dark'),
          icon: theme === 'dark' ? 'sun' : 'moon',
          act: () => prefer({ theme: theme === 'dark' ? 'light' : 'dark' }),
        },
        { id: 'sign-out', label: say('app.signOut'), icon: 'signOut', act: () => void signOut() },
      ]}
    >
      <AriaButton className="me" aria-label={say('app.account')}>
        <Avatar name={name} size={32} />
      </AriaButton>
    </Menu>
  );
}

function NewsList({ open, onClose }: { open: boolean; onClose: () => void }) {
  const say = useText();
  const news = useNews();
  return (
    <Dialog open={open} onClose={onClose} at="side" title={say('app.news')}>
      {news.length === 0 ? (
        <p className="faint">{say('app.noNews')}</p>
      ) : (
        <ul className="news">
          {news.map((one) => (
            <li key={one.id}>
              <span className={one.kind}>
                <Icon name={one.kind === 'done' ? 'check' : 'warning'} />
              </span>
              <span>{one.text}</span>
              <span className="faint numbers">
                <FormattedTime value={one.at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

function Keys({ open, onClose }: { open: boolean; onClose: () => void }) {
  const say = useText();
  return (
    <Dialog open={open} onClose={onClose} title={say('app.keys')}>
      <dl className="facts">
        <dt>
          <span className="kbd">{finderKey}</span>
        </dt>
        <dd>{say('app.keyFind')}</dd>
        <dt>
          <span className="kbd">?</span>
        </dt>
        <dd>{say('app.keyHelp')}</dd>
        <dt>
          <span className="kbd">Esc</span>
        </dt>
        <dd>{say('app.keyClose')}</dd>
      </dl>
    </Dialog>
  );
}
