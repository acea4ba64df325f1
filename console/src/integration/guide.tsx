import { useState } from 'react';
import { useText } from '../app/text';
import { Button } from '../ui/button';
import { CopyText } from '../ui/copy';
import { Drawer } from '../ui/dialog';

const query = '{ app { name org { name } grants { module actions } } }';

/** How a partner system connects, in a drawer: the address, the first request, and what a developer has to know. */
export function Guide() {
  const say = useText();
  const [open, setOpen] = useState(false);
  const address = `${location.origin}/graphql`;
  return (
    <>
      <Button icon="help" onPress={() => setOpen(true)}>
        {say('integration.guide')}
      </Button>
      {open && (
        <Drawer open onClose={() => setOpen(false)} title={say('integration.guide')}>
          <p>{say('integration.guideAbout')}</p>
          <CopyText label={say('integration.guideAddress')} text={address} />
          <CopyText label={say('integration.guideHeader')} text="Authorization: Bearer $DEPUTY_TOKEN" />
          <CopyText
            label={say('integration.guideRequest')}
            text={`curl -sS ${address} \\\n  -H "Authorization: Bearer $DEPUTY_TOKEN" \\\n  -H 'Content-Type: application/json' \\\n  -d '{"query": "${query}"}'`}
          />
          <ul className="points">
            <li>{say('integration.guideServer')}</li>
            <li>{say('integration.guideRotate')}</li>
            <li>{say('integration.guideLimits')}</li>
            <li>{say('integration.guideDocs')}</li>
          </ul>
        </Drawer>
      )}
    </>
  );
}
