import '../ui/tokens.css';
import { RouterProvider } from '@tanstack/react-router';
import { Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { access } from './access';
import { currentPreferences, show } from './preferences';
import { newRouter } from './router';
import { loadMessages, TextProvider } from './text';

const router = newRouter();

show();
void loadMessages(currentPreferences().language);
void access();

const place = document.getElementById('root');
if (!place) throw new Error('the page has no root');
createRoot(place).render(
  <Suspense>
    <TextProvider>
      <RouterProvider router={router} />
    </TextProvider>
  </Suspense>,
);
