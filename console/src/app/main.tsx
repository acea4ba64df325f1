import '../ui/tokens.css';
import { RouterProvider } from '@tanstack/react-router';
import { Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { access } from './access';
import { currentPreferences, show } from './preferences';
import { RequestFailed } from './request';
import { newRouter, Refusal } from './router';
import { loadMessages, TextProvider } from './text';

const router = newRouter();

show();
void loadMessages(currentPreferences().language);
void access();

const place = document.getElementById('root');
if (!place) throw new Error('the page has no root');
// What a screen shows to the reader is no error of the page.
const onCaughtError = (error: unknown) => {
  if (!(error instanceof Refusal || error instanceof RequestFailed)) console.error(error);
};
createRoot(place, { onCaughtError }).render(
  <Suspense>
    <TextProvider>
      <RouterProvider router={router} />
    </TextProvider>
  </Suspense>,
);
