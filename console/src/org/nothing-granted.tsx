import { orgOf, useViewer } from '../app/access';
import { useOrgId } from '../app/screen';
import { useText } from '../app/text';
import { Empty } from '../ui/state';

/** The org of somebody whose roles grant nothing. */
export function NothingGranted() {
  const say = useText();
  const org = orgOf(useViewer(), useOrgId());
  return (
    <Empty alone icon="key" title={say('org.nothingGranted')}>
      {say('org.nothingGrantedAbout', { owner: org?.ownerName ?? '' })}
    </Empty>
  );
}
