import '../ui/tokens.css';
import { RouterProvider } from '@tanstack/react-router';
import { Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { RelayEnvironmentProvider } from 'react-relay';
import { access } from './access';
import { newEnvironment } from './environment';
import { currentPreferences, show } from './preferences';
import { newRouter } from './router';
import { loadMessages, TextProvider } from './text';

const environment = newEnvironment();
const router = newRouter(environment);

show();
void loadMessages(currentPreferences().language);
void access(environment);

const place = document.getElementById('root');
if (!place) throw new Error('the page has no root');
createRoot(place).render(
  <Suspense>
    <RelayEnvironmentProvider environment={environment}>
      <TextProvider>
        <RouterProvider router={router} />
      </TextProvider>
    </RelayEnvironmentProvider>
  </Suspense>,
);
